"""The public names for type checkers; `__init__.py` imports them when they are used."""

from ptygui.analysis.count_splitting import split_counts as split_counts
from ptygui.analysis.metrics import nrmse as nrmse
from ptygui.analysis.metrics import ssim as ssim
from ptygui.errors import Diverged as Diverged
from ptygui.errors import InputError as InputError
from ptygui.experiment.example import example_scan as example_scan
from ptygui.experiment.judging import judge as judge
from ptygui.experiment.ranking import rank_priors as rank_priors
from ptygui.experiment.reconstruct import reconstruct as reconstruct
from ptygui.files.objects import read_object as read_object
from ptygui.files.probes import read_probe as read_probe
from ptygui.files.result import Result as Result
from ptygui.files.results import read_result as read_result
from ptygui.files.results import write_result as write_result
from ptygui.files.scans import read_scan as read_scan
from ptygui.files.scans import write_scan as write_scan
from ptygui.history import History as History
from ptygui.methods import AWF as AWF
from ptygui.methods import DAPS as DAPS
from ptygui.methods import DIP as DIP
from ptygui.methods import DPS as DPS
from ptygui.methods import METHODS as METHODS
from ptygui.methods import PMACE as PMACE
from ptygui.methods import RPIE as RPIE
from ptygui.methods import Method as Method
from ptygui.methods import PtyChi as PtyChi
from ptygui.methods import PtychoNN as PtychoNN
from ptygui.methods import UNet as UNet
from ptygui.methods import Unrolled as Unrolled
from ptygui.physics.chip import chip as chip
from ptygui.physics.probe import make_probe as make_probe
from ptygui.physics.simulate import Simulation as Simulation
from ptygui.physics.simulate import simulate as simulate
from ptygui.physics.smear import smear as smear
from ptygui.scan import Geometry as Geometry
from ptygui.scan import Scan as Scan
from ptygui.step import Step as Step

__version__: str
