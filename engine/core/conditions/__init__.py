"""What a condition means.

`python` evaluates one over one customer's facts; an evaluation as SQL over all customers will
stand beside it. `scope` is what a condition may look at, `names` what its compilation must know,
`meaning` the few operations whose answer is a decision of the language (missing values, emptiness,
decay), which both evaluations follow.
"""
