"""What every guide is made of: states, passages of plain text, and the bytes of the source."""
