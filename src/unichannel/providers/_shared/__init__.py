"""What codecs share: reading, signatures, faults, letters. No part of the public interface."""
