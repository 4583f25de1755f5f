"""Runs Chalice's command line with this interpreter."""

import sys

# The packager is wrapped because Chalice has no setting for it.
# Not the `chalice` script, whose first line breaks when the project is moved; and without
# botocore's notes on where it found credentials, which `chalice local` would show.
_RUN = """
import logging, os, sys
from chalice.cli import main
from chalice.deploy.packager import LambdaDeploymentPackager as Packager
from tools.aws_descriptions import describing
from tools.compiled_zip import compiling
from tools.own_wheel import replacing
make_zip = replacing(Packager.create_deployment_package, os.environ)
Packager.create_deployment_package = compiling(describing(make_zip))
logging.getLogger("botocore").setLevel(logging.WARNING)
sys.exit(main())
"""


def chalice_command(*arguments: str) -> list[str]:
    """The command line that is `chalice` with `arguments`."""
    return [sys.executable, "-c", _RUN, *arguments]
