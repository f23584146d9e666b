"""Invented names in pinyin: people, companies, cities."""

from dataclasses import dataclass

import numpy as np


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SURNAMES = _words(
    "Wang Li Zhang Liu Chen Yang Zhao Huang Zhou Wu Xu Sun Hu Zhu Gao Lin He Guo Ma Luo "
    "Liang Song Zheng Xie Han Tang Feng Yu Dong Xiao Cheng Cao Yuan Deng Fu Shen Zeng "
    "Peng Lu Su Jiang Cai Jia Ding Wei Xue Ye Yan Pan Du Dai Xia Zhong Tian Ren Fan Fang "
    "Shi Yao Tan"
)
GIVEN = _words(
    "Wei Fang Na Min Jing Li Qiang Lei Jun Yang Yong Yan Jie Juan Tao Ming Chao Xia Ping "
    "Gang Guiying Xiuying Jianguo Jianhua Haiyan Xiaoming Zhiqiang Yuhua Lihua Hongmei "
    "Wenbin Zhihui Xiaoli Guohua Haifeng Chunmei Yumei Jianping Weidong Xuemei Zhigang "
    "Dongmei Liping Yulan Shaohua Weiguo Qiuyan Mingzhe Jiayi Siyu"
)

FIRST_SYLLABLES = _words(
    "Heng Hua Jin Xin Fu Da Tian Hai Bao Rong Kang Long Ming Tai Yong Zhong Jia Mei Shun "
    "An Guang Chang Dong Hong Li Qing Rui San Wan Xing Yi Yuan De Hao Lian Ning Ping "
    "Sheng Tong Wei"
)
LAST_SYLLABLES = _words(
    "da feng sheng tai yuan long xing hua kang li fa chang rui he mei quan tong an jia "
    "cheng bao ding run shun sen yu bang te wei min"
)

INDUSTRIES = (
    ("Food", ("Foods", "Snacks", "Condiments", "Dairy")),
    ("Beverages", ("Beverages", "Brewery", "Tea", "Juice")),
    ("Pharmaceuticals", ("Pharmaceutical", "Biotech", "Herbal Medicine")),
    ("Cosmetics", ("Cosmetics", "Daily Care")),
    ("Chemicals", ("Chemical", "Coatings", "Agrochemical")),
)
INDUSTRY_SHARES = (0.38, 0.20, 0.18, 0.12, 0.12)

CITIES = {
    "North China": _words(
        "Beijing Tianjin Shijiazhuang Tangshan Baoding Taiyuan Jinan Qingdao Yantai Weifang "
        "Linyi Zhengzhou Luoyang Xinxiang Shenyang Dalian Harbin Changchun Hohhot"
    ),
    "East China": _words(
        "Shanghai Nanjing Suzhou Wuxi Changzhou Nantong Yangzhou Xuzhou Hangzhou Ningbo "
        "Wenzhou Jiaxing Shaoxing Jinhua Hefei Wuhu Nanchang Wuhan Yichang Taizhou"
    ),
    "South China": _words(
        "Guangzhou Shenzhen Foshan Dongguan Zhongshan Zhuhai Shantou Jiangmen Fuzhou Xiamen "
        "Quanzhou Nanning Guilin Changsha Zhuzhou Haikou Kunming Chengdu Chongqing"
    ),
}

TITLES = (
    "General manager",
    "Plant manager",
    "Purchasing manager",
    "Production manager",
    "Chief engineer",
    "Equipment manager",
)


@dataclass(frozen=True)
class Firm:
    """An invented maker of packaged goods."""

    name: str
    industry: str
    city: str
    host: str


def person_name(number: int) -> str:
    """The name with this number; 3,000 numbers have names of their own."""
    surname = SURNAMES[number % len(SURNAMES)]
    return f"{surname} {GIVEN[(number // len(SURNAMES) + 7 * number) % len(GIVEN)]}"


class FirmNames:
    """Draws firms, none of them twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def draw(self, region: str, rng: np.random.Generator) -> Firm:
        while True:
            firm = _any_firm(region, rng)
            if firm.name not in self._taken:
                self._taken.add(firm.name)
                return firm


def _any_firm(region: str, rng: np.random.Generator) -> Firm:
    industry, kinds = INDUSTRIES[pick(INDUSTRY_SHARES, rng)]
    brand = _one_of(FIRST_SYLLABLES, rng) + _one_of(LAST_SYLLABLES, rng)
    city, kind = _one_of(CITIES[region], rng), _one_of(kinds, rng)
    host = f"{brand}-{city}-{kind}".lower().replace(" ", "-")
    return Firm(f"{city} {brand} {kind}", industry, city, f"{host}.example")


def draw_person(rng: np.random.Generator) -> str:
    return f"{_one_of(SURNAMES, rng)} {_one_of(GIVEN, rng)}"


def pick(shares: tuple[float, ...], rng: np.random.Generator) -> int:
    """Index drawn in proportion to ``shares``, whatever they add up to."""
    at = rng.random() * sum(shares)
    for place, share in enumerate(shares):
        at -= share
        if at < 0:
            return place
    return len(shares) - 1


def _one_of(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[int(rng.random() * len(words))]
