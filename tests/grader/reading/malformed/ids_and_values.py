"""Files of the right shape whose ids or values are wrong."""

from tests.grader.reading.malformed.entry import (
    IDS,
    MalformedFile,
    a_file,
    animals,
    chances,
    every,
    from_zero,
    labels,
    names,
    padded,
    rows,
    two_columns,
    values,
)

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")

OF_IDS = [
    MalformedFile("ids as floats", every(lambda n: f"{n}.0"), ("missing_id", "unknown_id"), ("astype(int)",)),
    MalformedFile(
        "ids in another notation",
        every(lambda n: f"{int(n):e}"),
        ("missing_id", "unknown_id"),
        ("astype(int)",),
    ),
    MalformedFile(
        "ids padded with zeros", every(lambda n: f"000{n}"), ("missing_id", "unknown_id"), ("Do not pad",)
    ),
    MalformedFile(
        "leading zeros lost", every(str), ("missing_id", "unknown_id"), ("leading zeros", "dtype"), padded
    ),
    MalformedFile(
        "blanks before the ids", every(lambda n: f" {n}"), ("missing_id", "unknown_id"), ("blanks",)
    ),
    MalformedFile(
        "blanks after the ids", every(lambda n: f"{n} "), ("missing_id", "unknown_id"), ("blanks",)
    ),
    MalformedFile(
        "ids in full-width digits",
        every(lambda n: n.translate(FULL_WIDTH)),
        ("missing_id", "unknown_id"),
        ("Full-width", "'１' is not '1'"),
    ),
    MalformedFile(
        "ids with a plus", every(lambda n: f"+{n}"), ("missing_id", "unknown_id"), ("text, exactly",)
    ),
    MalformedFile(
        "names with a folder",
        every(lambda n: f"test/img_{int(n):04d}.jpg"),
        ("missing_id", "unknown_id"),
        ("without its folder",),
        names,
    ),
    MalformedFile(
        "names with a Windows folder",
        every(lambda n: f"C:\\data\\img_{int(n):04d}.jpg"),
        ("missing_id", "unknown_id"),
        ("without its folder",),
        names,
    ),
    MalformedFile(
        "names in capitals",
        every(lambda n: f"IMG_{int(n):04d}.JPG"),
        ("missing_id", "unknown_id"),
        ("case",),
        names,
    ),
    MalformedFile(
        "names without their ending",
        every(lambda n: f"img_{int(n):04d}"),
        ("missing_id", "unknown_id"),
        ("exactly",),
        names,
    ),
    MalformedFile(
        "counted from 1 for 0",
        every(str),
        ("missing_id", "unknown_id"),
        ("count from 1", "subtract 1"),
        from_zero,
    ),
    MalformedFile(
        "counted from 0 for 1",
        every(lambda n: str(int(n) - 1)),
        ("missing_id", "unknown_id"),
        ("count from 0", "add 1"),
    ),
    MalformedFile("one id twice", a_file("3,0.5", "3,0.7"), ("repeated_id",), ("line 2 already",)),
    MalformedFile(
        "one id twice for another",
        rows(*(f"{n},0.5" for n in [*IDS[:11], "1"])),
        ("missing_id", "repeated_id"),
        ("'12'",),
    ),
    MalformedFile("an id of another data set", a_file("99999,0.5"), ("unknown_id",), ("1 row with an id",)),
    MalformedFile(
        "all ids of another data set",
        every(lambda n: f"train_{n}"),
        ("missing_id", "unknown_id"),
        ("12 rows",),
    ),
    MalformedFile(
        "rows were dropped",
        rows(*(f"{n},0.5" for n in IDS[:4])),
        ("missing_id",),
        ("8 rows fewer", "cleaning"),
    ),
    MalformedFile(
        "one row was dropped", rows(*(f"{n},0.5" for n in IDS[1:])), ("missing_id",), ("1 row fewer",)
    ),
    MalformedFile("an empty id", a_file(",0.5"), ("blank_id",), ("without an id",)),
    MalformedFile("NaN for an id", a_file("nan,0.5"), ("unknown_id",), ("1 row with an id",)),
    MalformedFile(
        "an id that cannot be seen",
        a_file("\u200b3,0.5"),
        ("unknown_id",),
        ("cannot be seen", "'\\u200b3' is not '3'"),
    ),
    MalformedFile(
        "the index for the ids",
        rows(*(f"{n},0.5" for n in range(100, 112))),
        ("missing_id", "unknown_id"),
        ("count from 100", "subtract 99"),
    ),
]

OF_NUMBERS = [
    MalformedFile("an empty value", a_file("3,"), ("empty_value",), ("pandas writes NaN so", "isna()")),
    MalformedFile("all values empty", values(lambda n: ""), ("empty_value",), ("12 rows",)),
    MalformedFile("nan", a_file("3,nan"), ("not_finite",), ("finite",)),
    MalformedFile("NaN and NA", a_file("3,NaN", "4,NA"), ("not_finite",), ("2 rows do not",)),
    MalformedFile("None", a_file("3,None"), ("not_finite",), ("finite",)),
    MalformedFile("inf", a_file("3,inf"), ("not_finite",), ("finite",)),
    MalformedFile("-Infinity", a_file("3,-Infinity"), ("not_finite",), ("finite",)),
    MalformedFile("a number too large for a float", a_file("3,1e999"), ("out_of_range",), ("diverged",)),
    MalformedFile("a number far too large", a_file("3,-1e101"), ("out_of_range",), ("between",)),
    MalformedFile("a padded number", a_file("3, 0.5"), ("not_a_number",), ("no blanks", ".str.strip()")),
    MalformedFile("a tab after a number", a_file("3,0.5\t"), ("not_a_number",), ("no blanks",)),
    MalformedFile("a thousands separator", a_file("3,1_000"), ("not_a_number",), ("thousands",)),
    MalformedFile("a percentage", a_file("3,50%"), ("not_a_number",), ("no units", "/ 100")),
    MalformedFile("a unit", a_file("3,0.5kg"), ("not_a_number",), ("no units",)),
    MalformedFile("a currency", a_file("3,$5"), ("not_a_number",), ("such as 0.5",)),
    MalformedFile("hexadecimal", a_file("3,0x1p3"), ("not_a_number",), ("such as 0.5",)),
    MalformedFile("full-width digits", a_file("3,０.５"), ("not_a_number",), ("full-width", "NFKC")),
    MalformedFile("a list", a_file("3,[0.5]"), ("not_a_number",), ("without brackets",)),
    MalformedFile("a tensor", a_file("3,tensor(0.5)"), ("not_a_number",), ("p.item()",)),
    MalformedFile("a truth value", a_file("3,True"), ("not_a_number",), (".astype(int)",)),
    MalformedFile("a word", a_file("3,cat"), ("not_a_number",), ("id '3': 'cat'",)),
    MalformedFile("two dots", a_file("3,1.2.3"), ("not_a_number",), ("such as 0.5",)),
    MalformedFile("a lone sign", a_file("3,-"), ("not_a_number",), ("such as 0.5",)),
    MalformedFile("an exponent cut off", a_file("3,1e"), ("not_a_number",), ("such as 0.5",)),
    MalformedFile("a formula", a_file("3,=A1+1"), ("not_a_number",), ("such as 0.5",)),
    MalformedFile("a date", a_file("3,2026-11-23"), ("not_a_number",), ("such as 0.5",)),
    MalformedFile(
        "one column of two is empty",
        rows(*(f"{n},1," for n in IDS), header="id,y,z"),
        ("empty_value",),
        ("'z'",),
        two_columns,
    ),
    MalformedFile(
        "faults in both columns",
        rows("1,x,", *(f"{n},1,1" for n in IDS[1:]), header="id,y,z"),
        ("empty_value", "not_a_number"),
        ("'y'", "'z'"),
        two_columns,
    ),
]

OF_LABELS = [
    MalformedFile(
        "labels as floats", values(lambda n: f"{n % 2}.0"), ("not_a_whole_number",), ("astype(int)",), labels
    ),
    MalformedFile(
        "probabilities for labels",
        values(lambda n: f"0.{n + 1}"),
        ("not_a_whole_number",),
        ("probabilities", "0.5"),
        labels,
    ),
    MalformedFile(
        "a label with a zero before it",
        a_file("3,01", good=False) + values(lambda n: "1")[5:].replace(b"3,1\n", b""),
        ("not_a_whole_number",),
        ("'01' is not the label '1'",),
        labels,
    ),
    MalformedFile(
        "words for whole numbers",
        values(lambda n: "cat"),
        ("not_a_whole_number",),
        ("whole numbers",),
        labels,
    ),
    MalformedFile("labels left empty", values(lambda n: ""), ("empty_value",), ("'y'",), labels),
    MalformedFile("NaN for labels", values(lambda n: "nan"), ("not_a_whole_number",), ("12 rows",), labels),
    MalformedFile(
        "an unknown label",
        values(lambda n: "cow" if n == 2 else "cat"),
        ("unknown_label",),
        ("does not know",),
        animals,
    ),
    MalformedFile(
        "labels in another case", values(lambda n: "Cat"), ("unknown_label",), ("exactly",), animals
    ),
    MalformedFile(
        "labels with blanks", values(lambda n: " cat"), ("unknown_label",), (".str.strip()",), animals
    ),
    MalformedFile(
        "class numbers for names", values(lambda n: "0"), ("unknown_label",), ("names[p",), animals
    ),
    MalformedFile(
        "probabilities for names",
        values(lambda n: "0.25"),
        ("unknown_label",),
        ("probabilities", "argmax"),
        animals,
    ),
    MalformedFile("logits", values(lambda n: f"{n - 5}.5"), ("out_of_range",), ("between 0 and 1",), chances),
    MalformedFile(
        "percentages as numbers", values(lambda n: f"{n}0"), ("out_of_range",), ("between 0 and 1",), chances
    ),
    MalformedFile(
        "a probability just above 1", values(lambda n: "1.0000001"), ("out_of_range",), ("Clip",), chances
    ),
    MalformedFile(
        "words for probabilities", values(lambda n: "yes"), ("not_a_number",), ("such as 0.5",), chances
    ),
]
ENTRIES = [*OF_IDS, *OF_NUMBERS, *OF_LABELS]
