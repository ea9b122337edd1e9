"""The lead's pages: studies, members, codebook, case list, practice, dashboard and agreement."""
