"""What a survey is: forms, answers, operations, merge. No Qt, no files, no network, no clock of its own."""
