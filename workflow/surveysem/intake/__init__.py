"""Stage intake: What did the survey tool export, in the instrument's terms?"""
