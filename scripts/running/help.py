"""``--help`` of a command: what its YAML says, the choices of its groups, and what each of its settings means."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template
from typing import Any

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
    from hydra.core.global_hydra import GlobalHydra
    from hydra.types import RunMode
    from omegaconf import OmegaConf, open_dict

    from scripts.explanations import choices, settings
    from scripts.explanations.declarations import allowed_settings
    from scripts.explanations.meanings import meanings

    with initialize_config_dir(conf, version_base="1.3"):
        composed = compose(name, list(overrides), return_hydra_config=True)
        loader = GlobalHydra.instance().config_loader()
        defaults = loader.compute_defaults_list(name, list(overrides), RunMode.RUN).defaults
    template = composed.hydra.help.template
    with open_dict(composed):
        del composed["hydra"]
    values: Any = OmegaConf.to_container(composed)
    files = [(one.config_path, one.package or "") for one in defaults if one.config_path]
    groups = {group: one.purpose for group, one in choices.groups(conf, name).items()}
    described = settings.described(values, meanings(conf, files), allowed_settings(name, values), groups)
    return Template(template).substitute(
        APP_CONFIG_GROUPS="".join(f"{line}\n" for line in choices.described(conf, name, [file for file, _ in files])),
        CONFIG="\n".join(described),
    )
