"""The manual of the method as tests: each page is a module with `title`, `text` and `examples`, run by `test_spec.py`.

`generate_docs.py` writes docs/method from the same pages, so that what is printed there is what was run.
"""
