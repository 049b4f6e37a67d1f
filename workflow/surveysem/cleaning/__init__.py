"""Stage cleaning: Which answers count, and why not the others?"""
