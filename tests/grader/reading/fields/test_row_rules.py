"""What a field must be for the row in which it stands, on the server and in the offline check."""

import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.check import check
from grader.errors import BadSpec, InvalidAnswerKey, InvalidSubmission
from grader.grade import grade
from grader.spec import GradingSpec

MASKS = GradingSpec("dice_mean", "id", ("rle",), auxiliary={"heights": "h", "widths": "w"})
MASK_KEY = b"id,rle,h,w,Usage\nsmall,1 2,2,2,Public\nlarge,1 2,10,10,Private\n"
TAGS_KEY = b"id,tags,Usage\na,B-X O,Public\nb,O O O,Private\n"
ORDER_KEY = b"id,cells,Usage\na,x y z,Public\nb,p q,Private\n"


def codes(data: bytes, key: AnswerKey) -> list[str]:
    """The problems of a file that must be refused."""
    with pytest.raises(InvalidSubmission) as error:
        grade(data, key)
    return [problem.code for problem in error.value.problems]


def test_each_mask_must_fit_its_own_image() -> None:
    key = AnswerKey.from_csv(MASK_KEY, MASKS)

    assert grade(b"id,rle\nlarge,90 11\nsmall,1 2\n", key).public == 1.0
    assert codes(b"id,rle\nlarge,1 2\nsmall,3 3\n", key) == ["run_outside"]
    assert codes(b"id,rle\nlarge,90 12\nsmall,1 4\n", key) == ["run_outside"]


def test_the_keys_own_masks_must_fit_too_and_the_error_says_where() -> None:
    with pytest.raises(InvalidAnswerKey) as error:
        AnswerKey.from_csv(MASK_KEY.replace(b"small,1 2", b"small,3 3"), MASKS)

    (problem,) = error.value.problems
    assert (problem.code, problem.lines) == ("run_outside", (2,))


def test_the_first_pixel_may_be_number_0() -> None:
    spec = GradingSpec("dice_mean", "id", ("rle",), arguments={"first_pixel": 0, "height": 2, "width": 2})
    key = AnswerKey.from_csv(b"id,rle,Usage\na,0 4,Public\nb,0 1,Private\n", spec)

    assert grade(b"id,rle\na,0 4\nb,0 1\n", key).private == 1.0
    assert codes(b"id,rle\na,0 4\nb,4 1\n", key) == ["run_outside"]


def test_tags_are_counted_row_by_row_whatever_the_order_of_the_file() -> None:
    key = AnswerKey.from_csv(TAGS_KEY, GradingSpec("ner_f1", "id", ("tags",)))

    assert grade(b"id,tags\nb,O O O\na,B-X O\n", key).public == 1.0
    assert codes(b"id,tags\nb,O O\na,B-X O\n", key) == ["wrong_tag_count"]
    assert codes(b"id,tags\nb,O O O\na,\n", key) == ["wrong_tag_count"]


def test_a_row_with_an_unknown_id_is_not_blamed_for_its_tags() -> None:
    key = AnswerKey.from_csv(TAGS_KEY, GradingSpec("ner_f1", "id", ("tags",)))

    assert codes(b"id,tags\nc,O\na,B-X O\n", key) == ["unknown_id", "missing_id"]


def test_an_ordering_names_what_is_wrong_with_it() -> None:
    key = AnswerKey.from_csv(ORDER_KEY, GradingSpec("kendall_tau_orderings", "id", ("cells",)))

    assert codes(b"id,cells\na,x y\nb,q p\n", key) == ["wrong_items"]
    assert codes(b"id,cells\na,x y z\nb,p z\n", key) == ["wrong_items"]
    with pytest.raises(InvalidSubmission, match="each item of its row once in 2 rows"):
        grade(b"id,cells\na,x y y\nb,p p\n", key)


@pytest.mark.parametrize(
    ("metric", "sample", "bad", "code"),
    [
        ("ner_f1", b"id,tags\na,O O\nb,O\n", b"id,tags\nb,O O\na,O O\n", "wrong_tag_count"),
        ("kendall_tau_orderings", b"id,c\na,x y\nb,p q\n", b"id,c\nb,q p\na,x x\n", "wrong_items"),
        ("iou_mean", b"id,rle\na,1 1\nb,\n", b"id,rle\na,5 2 6 1\nb,\n", "runs_overlap"),
    ],
)
def test_the_offline_check_learns_the_same_from_the_sample(
    metric: str, sample: bytes, bad: bytes, code: str
) -> None:
    check(sample, sample=sample, metric=metric)

    with pytest.raises(InvalidSubmission) as error:
        check(bad, sample=sample, metric=metric)

    assert [problem.code for problem in error.value.problems] == [code]


def test_quantiles_must_be_as_many_as_the_columns_and_shares() -> None:
    columns = {"target_columns": ("y",), "prediction_columns": ("low", "high")}

    with pytest.raises(BadSpec, match="a number for each of the 2 prediction columns; it has 1"):
        GradingSpec("pinball_multi", "id", arguments={"quantiles": [0.5]}, **columns)  # type: ignore[arg-type]
    with pytest.raises(BadSpec, match="between 0 and 1"):
        GradingSpec("pinball_multi", "id", arguments={"quantiles": [0.5, 5]}, **columns)  # type: ignore[arg-type]
    with pytest.raises(BadSpec, match="takes 2 prediction columns; named: 1"):
        GradingSpec("mean_angular_error", "id", ("azimuth",))


BOXES = GradingSpec("map_boxes", "id", ("boxes",))
BOXES_KEY = b"id,boxes,Usage\na,cat 0 0 9 9,Public\nb,,Ignored\nc,dog 1 1 5 5 cat 2 2 4 4,Private\n"
MAPS = GradingSpec("mIoU", "id", ("map",))
MAPS_KEY = b"id,map,Usage\na,0 6 1 2,Public\nb,1 8,Private\n"


@pytest.mark.parametrize(
    ("field", "code", "words"),
    [
        ("cat 0 0 9 9", "not_boxes", "class, confidence, xmin, ymin, xmax, ymax each"),
        ("cat,0.9,0,0,9,9", "not_boxes", "without commas"),
        ("cat 0.9 nan 0 9 9", "not_boxes", "'cat 0.9 10 20 50 80'"),
        ("cat 0.9 5 5 4 4", "bad_box", "corners, not width and height"),
    ],
)
def test_a_field_of_boxes_is_checked_as_it_comes_and_offline_too(field: str, code: str, words: str) -> None:
    key = AnswerKey.from_csv(BOXES_KEY, BOXES)
    data = f'id,boxes\na,"{field}"\nb,\nc,cat 1 0 0 5 5\n'.encode()

    for judge in (
        lambda: grade(data, key),
        lambda: check(data, sample=b"id,boxes\na,\nb,\nc,\n", metric="map_boxes"),
    ):
        with pytest.raises(InvalidSubmission) as error:
            judge()
        assert [problem.code for problem in error.value.problems] == [code]
        assert words in str(error.value.problems[0])


def test_a_class_map_has_the_pixels_of_its_own_image() -> None:
    key = AnswerKey.from_csv(MAPS_KEY, MAPS)

    assert grade(b"id,map\nb,1 8\na,0 6 1 2\n", key).public == 1.0
    assert codes(b"id,map\nb,1 8\na,0 6 1 3\n", key) == ["wrong_pixel_count"]
    assert codes(b"id,map\nb,1 8\na,0 6 1\n", key) == ["not_runs"]


def test_a_sample_with_whole_maps_tells_the_pixels_of_each_image() -> None:
    with pytest.raises(InvalidSubmission, match="another number of pixels"):
        check(b"id,map\na,0 6 1 3\n", sample=b"id,map\na,0 8\n", metric="mIoU")


@pytest.mark.parametrize("sample", ["", "cat"])
def test_a_sample_without_maps_tells_no_pixels(sample: str) -> None:
    assert check(b"id,map\na,0 6 1 3\n", sample=f"id,map\na,{sample}\n".encode(), metric="mIoU").rows == 1


@pytest.mark.parametrize(("spec", "data"), [(BOXES, BOXES_KEY), (MAPS, MAPS_KEY)], ids=["boxes", "maps"])
def test_a_file_without_one_whole_row_is_refused_like_any_other(spec: GradingSpec, data: bytes) -> None:
    header = ",".join(spec.columns).encode()

    assert codes(header + b"\na", AnswerKey.from_csv(data, spec)) == ["wrong_field_count", "missing_id"]
