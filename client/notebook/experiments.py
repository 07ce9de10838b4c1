"""A score beside the run that made it: in W&B or MLflow, where the process has a run open.

Neither is needed nor loaded. A failure there is a warning: the submission stands.
"""

import sys
import warnings

from grader.messages import Message


def log_score(slug: str, score: float, submission: object) -> None:
    """Log a public score, and which submission has it, to the runs that are open."""
    name = f"splitboard/{slug}"
    for tracker, log in {"W&B": _to_wandb, "MLflow": _to_mlflow}.items():
        try:
            log(name, score, str(submission))
        except Exception as fault:  # of a tracker of any version: what is sent is sent
            fact = str(fault)
            words = Message("The score was not logged to {tracker}: {fault}", tracker=tracker, fault=fact)
            warnings.warn(words, stacklevel=3)


def _to_wandb(name: str, score: float, submission: str) -> None:
    run = getattr(sys.modules.get("wandb"), "run", None)
    if run is not None:
        run.log({f"{name}/public_score": score})
        run.summary[f"{name}/submission"] = submission


def _to_mlflow(name: str, score: float, submission: str) -> None:
    mlflow = sys.modules.get("mlflow")
    if mlflow is not None and mlflow.active_run() is not None:  # logging without one would open one
        mlflow.log_metric(f"{name}/public_score", score)
        mlflow.set_tag(f"{name}/submission", submission)
