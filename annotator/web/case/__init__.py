"""The annotator's pages: the case page, its form, drafts and further views."""
