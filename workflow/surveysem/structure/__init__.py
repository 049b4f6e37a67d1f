"""Stage structure: What do the data say of each hypothesis?"""
