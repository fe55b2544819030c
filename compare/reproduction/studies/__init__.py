"""The studies: the file that is named as a study is, and files of parts of it beside it."""
