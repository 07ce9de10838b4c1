"""What other libraries and Kaggle call the metrics; each name stands for the number that it has there.

A name is here only if that library's default means ours: scikit-learn's jaccard_score, of one class of two,
and its ndcg_score, of all items, are not.
"""

from dataclasses import dataclass

from grader.messages import Message

NAMES_ELSEWHERE: dict[str, tuple[str, ...]] = {
    "accuracy": ("accuracy_score", "acc"),
    "classification_error": ("error rate", "misclassification rate"),
    "balanced_accuracy": ("balanced_accuracy_score",),
    "f1_binary": ("f1_score", "F1 score"),
    "fbeta_binary": ("fbeta_score",),
    "precision_binary": ("precision_score",),
    "recall_binary": ("recall_score", "true positive rate"),
    "f1_micro": ("Mean F-Score",),
    "mcc": ("matthews_corrcoef",),
    "cohen_kappa": ("cohen_kappa_score",),
    "quadratic_weighted_kappa": ("quadratic kappa", "weighted kappa"),
    "macro_mae": ("macro_averaged_mean_absolute_error",),
    "roc_auc": ("roc_auc_score", "AUC-ROC", "area under the ROC curve"),
    "average_precision": ("average_precision_score", "AUPRC"),
    "log_loss": ("binary log loss", "BCE"),
    "log_loss_multiclass": ("cross entropy", "multiclass log loss", "multi-class log loss", "softmax loss"),
    "brier": ("brier_score_loss",),
    "rmse": ("root_mean_squared_error",),
    "mse": ("mean_squared_error",),
    "mae": ("mean_absolute_error",),
    "median_absolute_error": ("median absolute deviation of errors",),
    "rmsle": ("root_mean_squared_log_error",),
    "msle": ("mean_squared_log_error",),
    "r2": ("r2_score", "R^2"),
    "explained_variance": ("explained_variance_score",),
    "mape": ("mean_absolute_percentage_error",),
    "pinball": ("mean_pinball_loss",),
    "poisson_deviance": ("mean_poisson_deviance",),
    "pearson": ("pearson r", "pearson correlation coefficient"),
    "spearman": ("spearman rho", "spearman rank correlation"),
    "kendall_tau": ("Kendall's tau",),
    "concordance_correlation": ("Lin's CCC", "concordance correlation coefficient"),
    "concordance_index": ("concordance index",),
    "ner_f1": ("seqeval",),
    "levenshtein_mean": ("mean Levenshtein distance",),
    "dice_mean": ("dice coefficient", "dice score"),
    "iou_mean": ("IoU", "intersection over union"),
    "rouge_l": ("rouge",),
}

# Names that say an argument, too; one that is set otherwise beside such a name is a contradiction.
NAMES_WITH_ARGUMENTS: dict[str, tuple[str, dict[str, float | str]]] = {
    "mAP@0.5": ("map_boxes", {"iou": "0.50"}),
    "mAP50": ("map_boxes", {"iou": "0.50"}),
    "AP50": ("map_boxes", {"iou": "0.50"}),
    "mAP@0.75": ("map_boxes", {"iou": "0.75"}),
    "AP75": ("map_boxes", {"iou": "0.75"}),
    "mAP@0.5:0.95": ("map_boxes", {"iou": "0.50:0.95"}),
    "mAP@[.5:.95]": ("map_boxes", {"iou": "0.50:0.95"}),
    "mAP50-95": ("map_boxes", {"iou": "0.50:0.95"}),
    "F2": ("fbeta_binary", {"beta": 2.0}),
    "F2 score": ("fbeta_binary", {"beta": 2.0}),
    "F0.5": ("fbeta_binary", {"beta": 0.5}),
    "F0.5 score": ("fbeta_binary", {"beta": 0.5}),
    "chrF with word bigrams": ("chrf", {"word_order": 2}),
}


@dataclass(frozen=True, slots=True)
class NoMetric:
    """What a name stands for elsewhere that is no metric of the catalogue alone, and which to look at."""

    reason: Message
    nearest: tuple[str, ...]


_OF_DETECTION_AND_OF_SEARCH = NoMetric(
    Message(
        "In detection that is map_boxes (its overlap stands in names such as mAP50), of ranked lists "
        "map_at_k, of one score a row average_precision."
    ),
    ("map_boxes", "map_at_k", "average_precision"),
)
_OF_A_MODEL = NoMetric(
    Message(
        "That is what a trained model says of two texts, and its weights do not come with the grader. chrf "
        "and rouge_l compare characters and words."
    ),
    ("chrf", "rouge_l", "bleu"),
)

# Names that people look for and that have no one metric here; said in a sentence, not guessed.
NAMES_WITHOUT_METRIC: dict[str, NoMetric] = {
    **dict.fromkeys(
        ("mAP", "mean average precision"),
        _OF_DETECTION_AND_OF_SEARCH,
    ),
    "METEOR": NoMetric(
        Message(
            "METEOR counts synonyms by WordNet, which does not come with the grader, and without them it "
            "would be another number. chrf and rouge_l compare characters and words."
        ),
        ("chrf", "rouge_l", "bleu"),
    ),
    **dict.fromkeys(("BERTScore", "BLEURT", "COMET", "MoverScore", "BARTScore"), _OF_A_MODEL),
}
