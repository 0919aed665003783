"""What is learned from events: products that go together, what people like, when they are active.

Training is a function of the events and the catalogue alone: the same ones give the same model, and
ties go by the product's id. docs/recommendations.md and docs/best-time.md say how well it does.
"""
