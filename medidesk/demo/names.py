"""Names of invented people, by where they come from: each with a telephone and an address that fit.

Telephone numbers lie in ranges that are kept free for fiction where a country has one.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """Where invented people come from.

    Attributes:
        country: ISO 3166 code of the country.
        language: BCP 47 tag.
        families: family names.
        women, men: given names.
        phone: a telephone number, each # a digit.
        second_family: the share of people with two family names.
    """

    country: str
    language: str
    families: tuple[str, ...]
    women: tuple[str, ...]
    men: tuple[str, ...]
    phone: str
    second_family: float = 0.0


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


ORIGINS = (
    Origin(
        "PT",
        "pt",
        _words(
            "Silva Santos Ferreira Pereira Oliveira Costa Rodrigues Gonçalves Simões Araújo Conceição Magalhães"
        ),
        _words("Maria Ana Inês Beatriz Leonor Matilde Graça Luísa Mafalda Teresa"),
        _words("João Rui Tomás Afonso Gonçalo Simão António José Duarte Estêvão"),
        "+351 91 555 ## ##",
        0.35,
    ),
    Origin(
        "ES",
        "es",
        _words("García Fernández Martínez López Muñoz Núñez Ortega Ibáñez Peña Gutiérrez Vázquez Castro"),
        _words("María Lucía Carmen Begoña Ángeles Sofía Inés Rocío Nuria Pilar"),
        _words("José Javier Álvaro Iñaki Andrés Ramón Martín Óscar Hugo Sebastián"),
        "+34 612 555 ###",
        0.6,
    ),
    Origin(
        "GB",
        "en",
        _words("Smith Jones Taylor Wright O'Brien Hughes Fairfax Lee McAllister Ashworth Cole Penhaligon"),
        _words("Olivia Amelia Grace Harriet Siân Niamh Florence Joan Ivy Beth"),
        _words("Oliver Harry Rhys Callum Seán Alfred Edmund Guy Owen Ned"),
        "+44 7700 900 ###",
    ),
    Origin(
        "FR",
        "fr",
        _words(
            "Dubois Lefèvre Moreau Girard François Béranger Chrétien Noël L'Hermitte Gauthier d'Estaing Roux"
        ),
        _words("Marie-Claire Élodie Anaïs Zoé Hélène Chloé Maëlle Aurélie Françoise Éva"),
        _words("Jean-Luc Rémi Étienne Loïc Benoît Gaël Jérôme Théo Yves Noé"),
        "+33 6 55 50 ## ##",
    ),
    Origin(
        "DE",
        "de",
        _words("Müller Schäfer Weiß Köhler Groß Jürgens Böttcher Vogel Krüger Lang Schröder Ott"),
        _words("Jutta Käthe Änne Sabine Ulrike Heidi Bärbel Lotte Ida Gönül"),
        _words("Jörg Björn Götz Günther Lukas Matthias Uwe Jan Kai Rüdiger"),
        "+49 1515 555 ####",
    ),
    Origin(
        "PL",
        "pl",
        _words(
            "Kowalczyk Wójcik Zieliński Łukasik Dąbrowski Wiśniewski Szczęsny Żak Ślusarczyk Pięta Ćwik Ząb"
        ),
        _words("Agnieszka Małgorzata Łucja Żaneta Zofia Elżbieta Danuta Bożena Ewa Iga"),
        _words("Marek Łukasz Paweł Michał Stanisław Grzegorz Wojciech Jędrzej Jan Igor"),
        "+48 600 555 ###",
    ),
    Origin(
        "SE",
        "sv",
        _words("Lindqvist Åberg Öberg Sjöström Nyström Ek Bäckström Hägg Ahlström Löfgren Dahl Ås"),
        _words("Marta Åsa Märta Ingrid Saga Linnéa Elin Ebba Tuva Görel"),
        _words("Björn Åke Göran Måns Nils Sören Östen Lars Bo Ulf"),
        "+46 70 555 ## ##",
    ),
    Origin(
        "TR",
        "tr",
        _words("Yılmaz Demir Şahin Çelik Öztürk Aydın Güneş Işık Koç Ünal Doğan Er"),
        _words("Ayşe Zeynep Elif Gülşen Şule Çiğdem İpek Nur Özge Ece"),
        _words("Mehmet Ömer Çağlar Şükrü İsmail Yiğit Oğuz Can Efe Ülkü"),
        "+90 555 555 ## ##",
    ),
    Origin(
        "LB",
        "ar",
        _words(
            "Haddad Al-Khatib Khoury Al-Masri Nasser El-Sayed Mansour Darwish Saab Abi-Rached Ali Tannous"
        ),
        _words("Samar Layla Fatima Noor Rania Hala Maryam Yasmin Dima Aya"),
        _words("Omar Karim Ziad Tariq Hassan Bilal Marwan Sami Elias Ali"),
        "+961 3 555 ###",
    ),
    Origin(
        "EG",
        "ar",
        ("الخطيب", "المصري", "حداد", "منصور", "السيد", "عبد الرحمن", "إبراهيم", "درويش", "يوسف", "فؤاد"),
        ("فاطمة", "مريم", "ليلى", "نور", "سارة", "آمنة", "هدى", "إيمان"),
        ("أحمد", "محمد", "عمر", "يوسف", "مصطفى", "إبراهيم", "حسن", "علي"),
        "+20 100 555 ####",
    ),
    Origin(
        "VN",
        "vi",
        _words("Nguyễn Trần Lê Phạm Hoàng Huỳnh Vũ Võ Đặng Bùi Đỗ Ngô"),
        _words("Thị_Hương Minh_Châu Thu_Hà Ngọc_Ánh Bích_Phượng Mỹ_Linh Thùy_Dương An Yến Hồng_Đào"),
        _words("Văn_Đức Minh_Quân Hữu_Phước Quốc_Bảo Thanh_Tùng Anh_Tuấn Đình_Khôi Duy Sơn Tú"),
        "+84 90 555 ####",
    ),
    Origin(
        "CN",
        "zh",
        _words("Li Wu Xu He Lu Ma Hu Ng Wang Zhang Ouyang Yu"),
        _words("Mei Na Ying Xiu Jing Lan Yan Fang Hui Li"),
        _words("Wei Bo Jun Ming Tao Lei Hao Jian Yi Qi"),
        "+852 5555 ####",
    ),
    Origin(
        "KR",
        "ko",
        _words("Kim Lee Park Choi Jung Kang Oh Yu No Seo An Im"),
        _words("Ji-woo Seo-yeon Min-ji Ha-eun Soo-ah Ye-jin Eun-ji Bo-ra Na-ri Yu-na"),
        _words("Min-jun Seo-jun Ji-ho Do-yun Joon Hyun-woo Tae-yang Si-woo Gun Woo"),
        "+82 10 555 ####",
    ),
    Origin(
        "IN",
        "hi",
        _words("Kumar Sharma Patel Iyer Rao Banerjee Chowdhury Nair Singh Joshi Das Venkataraman"),
        _words("Priya Anjali Lakshmi Kavya Deepa Asha Meera Isha Uma Sunita"),
        _words("Arjun Rahul Vikram Sanjay Ravi Amit Om Kiran Dev Suresh"),
        "+91 98555 #####",
    ),
    Origin(
        "NG",
        "en",
        _words("Okafor Adeyemi Nwosu Ọláyínká Eze Balogun Ìdòwú Chukwu Abubakar Ọbí Okonkwo Ojo"),
        _words("Amara Ngozi Chiamaka Folaṣadé Zainab Ifẹ́olúwa Ada Blessing Yẹ́misí Uju"),
        _words("Marcus Emeka Chidi Olúwaṣeun Tunde Obinna Ayọ̀ Musa Ike Kẹ́hìndé"),
        "+234 803 555 ####",
    ),
    Origin(
        "KE",
        "sw",
        _words("Mwangi Odhiambo Kamau Wanjiru Njoroge Otieno Kiprop Achieng Muthoni Barasa Juma Koech"),
        _words("Kamari Wanjiku Akinyi Nyambura Zawadi Imani Njeri Neema Pendo Asha"),
        _words("Baraka Kevin Ochieng Kimani Juma Kibet Jabali Musyoka Omondi Tom"),
        "+254 712 555 ###",
    ),
    Origin(
        "GE",
        "ka",
        _words(
            "Beridze Kapanadze Gelashvili Maisuradze Lomidze Tsiklauri Khutsishvili Jorjadze Abashidze Dolidze"
        ),
        _words("Tamar Nino Ketevan Mariam Eka Ana Lali Salome Natia Ia"),
        _words("Giorgi Davit Levan Irakli Zurab Luka Vakhtang Otar Nika Gia"),
        "+995 555 ### ###",
    ),
    Origin(
        "UA",
        "uk",
        _words("Шевченко Коваленко Бондаренко Мельник Ткаченко Лисенко Кравчук Ющенко Їжак Ґудзь"),
        _words("Олена Наталія Ірина Ганна Оксана Юлія Соломія Дарина Єва Іванна"),
        _words("Андрій Олександр Тарас Іван Юрій Богдан Сергій Ян Єгор Назар"),
        "+380 67 555 ####",
    ),
    Origin(
        "IS",
        "is",
        _words(
            "Þórðardóttir Jónsson Guðmundsson Sigurðardóttir Ævarsdóttir Ólafsson Björnsdóttir Árnason Ægisson"
        ),
        _words("Guðrún Þóra Sigríður Ásta Æsa Hrafnhildur Ösp Björk Eir Ýr"),
        _words("Jón Þór Ægir Ólafur Sigurður Birkir Ísak Örn Kári Ari"),
        "+354 655 ####",
    ),
    Origin(
        "ML",
        "fr",
        _words("Traoré Diallo Keïta Coulibaly Sissoko Touré Cissé N'Diaye Ba Sy Konaté Koné"),
        _words("Mariam Aïssata Fatoumata Kadidiatou Oumou Awa Djénéba Rokia Bintou Sira"),
        _words("Amadou Moussa Ibrahim Seydou Boubacar Oumar Abdoulaye Modibo Cheick Adama"),
        "+223 65 55 ## ##",
    ),
)

STREETS = _words(
    "Harbour_Street Mill_Lane Station_Road Chapel_Walk Lighthouse_Avenue Quay_Side Orchard_Close Rope_Walk "
    "Market_Square Tannery_Row St_Brendan's_Road Bridge_Street Weavers'_Yard Cooper's_Hill Upper_Dock_Road"
)
DISTRICTS = (
    ("Harbour Quarter", "1100-148"),
    ("Old Town", "1100-201"),
    ("North Hill", "1170-032"),
    ("Riverside", "1200-477"),
    ("Saint Anne", "1250-096"),
    ("Lighthouse Point", "1300-610"),
)
