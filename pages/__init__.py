"""The pages: layout and widgets. What they show is computed in `lsdc`, what they share is in `lsdc.ui`."""
