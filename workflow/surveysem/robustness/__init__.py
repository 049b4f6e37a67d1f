"""Stage robustness: Would another defensible analysis say the same?"""
