"""Stage measurement: Do the scales measure the same thing in every group, apart from each other?"""
