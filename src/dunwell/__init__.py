"""Dunwell: the back office that several lending platforms share to run overdue loans lawfully."""
