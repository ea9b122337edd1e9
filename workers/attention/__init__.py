"""Constraint attention: what a language model attends to while it writes a recorded answer.

One teacher-forced forward pass with PyTorch's fused attention; only the prompt's columns of the answer's rows are
computed beside it. Knows no Django. docs/attention.md has the formulas.
"""
