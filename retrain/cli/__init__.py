"""Commands of the loop, which ``undertone`` finds by their entry point. Heavy libraries are
imported inside the commands.
"""

from __future__ import annotations

# Each of these modules registers its commands.
from retrain.cli import alerts_command as alerts_command
from retrain.cli import drift_command as drift_command
from retrain.cli import history_command as history_command
from retrain.cli import label_command as label_command
from retrain.cli import loop_command as loop_command
from retrain.cli import retrain_command as retrain_command
from retrain.cli.loop_app import app as app
