"""What is anonymized footage of people still good for, and is it really anonymous?"""

__version__ = "0.1.0"
