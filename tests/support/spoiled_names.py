"""People of many languages, and the encodings that files about them come in."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")


@dataclass(frozen=True)
class Person:
    """One person as they truly are; `''` where the file will not say."""

    username: str
    number: str
    first: str
    last: str
    email: str
    department: str
    section: str
    family_first: bool

    @property
    def name(self) -> str:
        """The full name in the order of its script."""
        if self.family_first:
            return self.last + self.first
        return f"{self.first} {self.last}".strip()


PASTED = Person("zz9", "zz9", "Zoë", "Müller", "zz9@example.edu", "", "", False)  # below a file's last line


@dataclass(frozen=True)
class Language:
    """How people are called, what their departments are called, and the encodings of their files."""

    encodings: tuple[str, ...]
    lasts: Sequence[str]
    firsts: Sequence[str]
    departments: tuple[str, ...]
    family_first: bool = False


def words(text: str) -> list[str]:
    """The words of a list."""
    return text.split()


TRADITIONAL = Language(
    ("cp950", "cp950", "big5hkscs", "gb18030"),
    [
        *("陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周葉蘇莊江呂何羅高蕭潘朱簡鍾彭" * 3),
        *"粟幸柴練褚",
        "歐陽",
        "司馬",
    ],
    words("小明 怡君 志豪 雅婷 家豪 淑芬 俊傑 建宏 美玲 宗翰 佳穎 冠廷 宥翔 詩涵 琪 瑋 昀蓁 芷若 喆 堃霖"),
    ("電機系", "資工系", "數學所", "EE"),
    family_first=True,
)
SIMPLIFIED = Language(
    ("gbk", "gb18030", "gb2312"),
    [*("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘" * 3), *"栗幸柴"],
    words("伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀兰 霞 平 小明 子涵 宇轩 浩然"),
    ("计算机系", "数学系", "CS"),
    family_first=True,
)
KOREAN = Language(
    ("euc-kr", "cp949"),
    "김이박최정강조윤장임한오서신권황안송류홍",
    words("민준 서연 도윤 지우 하은 철수 영희 현우 혜진 준"),
    ("전산학과", "CS"),
    family_first=True,
)
JAPANESE = Language(
    ("cp932", "shift_jis", "euc_jp"),
    words("佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 黒木 桐谷"),
    words("健 さくら 一郎 美咲 翔太 陽菜 ケン"),
    ("情報工学科", "CS"),
    family_first=True,
)
WESTERN = Language(
    ("cp1252", "iso8859-1", "mac_roman", "cp850", "cp437"),
    words("Durand Müller García Åkesson Lefèvre Núñez O'Brien Strauß Sørensen Doe Peña-Ruiz"),
    [*words("Hélène Bjørn José Zoë Noël Ann Jürgen Íñigo Renée Øyvind Chloé"), "Ana María"],
    ("Physique", "Génie civil", "EE"),
)
CENTRAL = Language(
    ("cp1250", "iso8859-2", "cp852"),
    words("Nováková Kowalski Wójcik Horváth Dvořák Čapek Nagy Łukasik"),
    words("Jiří Zdeněk Łukasz Małgorzata Ágnes Tomáš Eva Božena"),
    ("Fyzika", "Elektro"),
)
TURKISH = Language(
    ("cp1254", "iso8859-9"),
    words("Yılmaz Şahin Çelik Öztürk Kaya"),
    words("Ayşe Gökhan İpek Çağla"),
    ("Fizik",),
)
RUSSIAN = Language(
    ("cp1251", "koi8_r", "cp866", "mac_cyrillic", "iso8859-5"),
    words("Иванов Петрова Сидоренко Кузнецов Ким Попов Ли"),
    words("Иван Анна Пётр Ольга Юрий Лев"),
    ("Физика", "CS"),
)
GREEK = Language(
    ("cp1253", "iso8859-7"), words("Παπαδόπουλος Νικολάου Ζώης"), words("Γιώργος Ελένη Άννα"), ("Φυσική",)
)
THAI = Language(("tis-620", "cp874"), words("ใจดี สุขใจ รักไทย ศรีสุข"), words("สมชาย มาลี วรรณา ลลิตา"), ("CS",))
HEBREW = Language(("cp1255", "iso8859-8"), words("כהן לוי מזרחי"), words("דוד שרה יעל"), ("CS",))
ARABIC = Language(("cp1256", "iso8859-6"), words("السيد حسن محمود"), words("محمد فاطمة علي"), ("CS",))
PERSIAN = Language((), words("رضایی کریم\u200cزاده احمدی"), words("علی\u200cرضا مریم امیرحسین"), ("CS",))
SINHALA = Language((), words("ශ්\u200dරී පෙරේරා"), words("නිමල් චන්ද්\u200dරිකා"), ("CS",))
VIETNAMESE = Language(
    ("cp1258",), words("Nguyễn Trần Lê Phạm"), ["Thị Hoa", "Văn Đức", "Anh Tuấn"], ("Toán",)
)
PLAIN = Language(("ascii",), words("Doe Smith Lee Wang Chen"), words("Ann Bob May Wei Yu-Ting"), ("EE", "CS"))
LANGUAGES = (
    *(TRADITIONAL, TRADITIONAL, TRADITIONAL, SIMPLIFIED, SIMPLIFIED, WESTERN, WESTERN, KOREAN, JAPANESE),
    *(CENTRAL, TURKISH, RUSSIAN, RUSSIAN, GREEK, THAI, HEBREW, ARABIC, PERSIAN, SINHALA, VIETNAMESE, PLAIN),
)


def draw_people(rng: random.Random, language: Language, amount: int, *, numbers: str) -> list[Person]:
    """People of one language. numbers: 'digits', 'zeros' (some begin with one) or 'letters'."""
    people = []
    for index, serial in enumerate(rng.sample(range(10**6), amount)):
        digits = f"{rng.choice('12345')}{serial:06}"
        if numbers == "zeros" and rng.random() < 0.15:
            digits = f"0{serial:06}"
        number = f"B{digits}" if numbers == "letters" else digits
        username = rng.choice([f"u{serial}", f"st{index}x{serial % 97}", f"b{digits}"])
        people.append(
            Person(
                username=username,
                number=number,
                first=rng.choice(language.firsts),
                last=rng.choice(language.lasts),
                email=rng.choice([f"{username}@example.edu", ""]),
                department=rng.choice(language.departments),
                section=rng.choice(["1", "2", "A"]),
                family_first=language.family_first,
            )
        )
    if rng.random() < 0.1:  # a foreigner among them
        place = rng.randrange(len(people))
        people[place] = replace(people[place], first="Ann", last="Doe", family_first=False)
    return people
