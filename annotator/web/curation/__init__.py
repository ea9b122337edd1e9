"""The curator's pages: proposals and candidates, the repair editor, exemplars."""
