"""What the law and the carriers of a country ask, as data: `rule` the shapes, `countries` the data with their sources.

Not legal advice: every rule can be replaced by the host.
"""
