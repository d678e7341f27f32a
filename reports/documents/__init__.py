"""What each kind of report says."""
