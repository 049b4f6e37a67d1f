"""Stage description: Who answered what?"""
