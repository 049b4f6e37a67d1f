"""Stage report: What should a reader take away?"""
