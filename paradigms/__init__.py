"""What is trained. Each sub-package offers ``Config`` (a frozen dataclass) and ``build(config, spec) -> Paradigm``."""
