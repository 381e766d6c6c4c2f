"""``--help`` of a command: what its YAML says, the choices of its groups, and its settings with their defaults."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import Template

FLAGS = frozenset({"--help", "-h"})


def asks_for_help(arguments: Sequence[str]) -> bool:
    """Whether a command is asked for its help, with overrides and no other flag."""
    return any(one in FLAGS for one in arguments) and all(one in FLAGS or one[:1] != "-" for one in arguments)


def help_text(name: str, conf: str, overrides: Sequence[str]) -> str:
    """Say what a command does and can be told.

    Hydra's own help copies everything it knows once for each group that any command has, and lists all of these.

    Args:
        name: The name of the YAML in the folder.
        conf: The folder, an absolute path.
        overrides: The settings shown instead of their defaults, each ``KEY=VALUE``.

    Returns:
        The YAML's ``hydra.help.template``, filled in.

    Raises:
        HydraException: An override does not fit.
    """
    from hydra import compose, initialize_config_dir
    from omegaconf import OmegaConf, open_dict

    with initialize_config_dir(conf, version_base="1.3"):
        composed = compose(name, list(overrides), return_hydra_config=True)
    template = composed.hydra.help.template
    with open_dict(composed):
        del composed["hydra"]
    choices = {group: _options(conf, group) for group in sorted(_groups(conf, name))}
    return Template(template).substitute(
        APP_CONFIG_GROUPS="".join(f"{group}: {', '.join(names)}\n" for group, names in choices.items() if names),
        CONFIG=OmegaConf.to_yaml(composed),
    )


def _groups(conf: str, name: str) -> list[str]:
    import yaml

    defaults = yaml.safe_load(Path(conf, f"{name}.yaml").read_text(encoding="utf-8")).get("defaults", ())
    entries = [one for one in defaults if isinstance(one, dict)]
    return [group for entry in entries for group in entry if not group.startswith("override ")]


def _options(conf: str, group: str) -> list[str]:
    from hydra.core.config_store import ConfigStore

    registered = ConfigStore.instance()
    names = registered.list(group) if group in registered.repo else []
    return sorted({Path(one).stem for one in names} | {one.stem for one in Path(conf, group).glob("*.yaml")})
