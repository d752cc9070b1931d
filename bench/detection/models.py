"""Device models and browsers with their popularity, as proportions public usage statistics of 2025 show (assumed)."""

from __future__ import annotations

# name, weight, CSS screen, pixel ratio
IPHONES = (
    ("SE", 7, "375x667", 2),
    ("XR/11", 13, "414x896", 2),
    ("12/13/14", 27, "390x844", 3),
    ("mini", 3, "375x812", 3),
    ("12/13 Pro Max", 9, "428x926", 3),
    ("14 Pro/15/16", 24, "393x852", 3),
    ("15 Plus/Pro Max", 9, "430x932", 3),
    ("16 Pro", 5, "402x874", 3),
    ("16 Pro Max", 3, "440x956", 3),
)
# model, weight, screen, pixel ratio, gpu, cores, memory GB, android
ANDROIDS = (
    ("SM-S911B", 9, "360x780", 3, "Adreno (TM) 740", 8, 8, "15.0.0"),
    ("SM-S921B", 8, "360x780", 3, "Xclipse 940", 8, 8, "15.0.0"),
    ("SM-S938B", 6, "384x832", 2.8125, "Adreno (TM) 830", 8, 8, "15.0.0"),
    ("SM-S901B", 6, "360x780", 3, "Xclipse 920", 8, 8, "14.0.0"),
    ("SM-A546B", 11, "412x915", 2.625, "Mali-G68", 8, 8, "14.0.0"),
    ("SM-A556B", 8, "384x832", 2.8125, "Xclipse 530", 8, 8, "15.0.0"),
    ("SM-A155F", 9, "412x892", 2.625, "Mali-G57", 8, 4, "14.0.0"),
    ("SM-A145R", 6, "412x919", 2.625, "Mali-G52", 8, 4, "14.0.0"),
    ("Pixel 7a", 5, "412x915", 2.625, "Mali-G710", 8, 8, "15.0.0"),
    ("Pixel 8", 5, "412x915", 2.625, "Mali-G715", 9, 8, "16.0.0"),
    ("Pixel 9", 4, "412x923", 2.625, "Mali-G715", 8, 8, "16.0.0"),
    ("23021RAA2Y", 7, "393x873", 2.75, "Adreno (TM) 610", 8, 4, "14.0.0"),
    ("2312DRA50G", 5, "393x873", 2.75, "Adreno (TM) 710", 8, 8, "14.0.0"),
    ("M2101K6G", 3, "393x873", 2.75, "Adreno (TM) 618", 8, 4, "13.0.0"),
    ("CPH2581", 3, "360x804", 3, "Adreno (TM) 750", 8, 8, "15.0.0"),
    ("moto g54", 4, "412x915", 2.625, "PowerVR BXM-8-256", 8, 8, "14.0.0"),
    ("RMX3760", 2, "360x800", 2, "Mali-G57", 8, 4, "13.0.0"),
)
WIN_SCREENS = (
    ("1920x1080", 1, 38),
    ("1536x864", 1.25, 20),
    ("1366x768", 1, 9),
    ("2560x1440", 1, 11),
    ("1280x720", 1.5, 7),
    ("1707x960", 1.5, 4),
    ("1440x900", 1, 3),
    ("1600x900", 1, 3),
    ("3440x1440", 1, 3),
    ("1920x1200", 1, 4),
    ("2560x1600", 1, 1),
    ("3840x2160", 1, 2),
    ("1745x982", 1.1, 1),
    ("1280x1024", 1, 1),
)
# gpu, cores it comes with, weight
WIN_GPUS = (
    ("Intel(R) Iris(R) Xe Graphics", (8, 12, 16), 20),
    ("Intel(R) UHD Graphics 620", (8, 4), 11),
    ("Intel(R) UHD Graphics", (8, 12, 16), 13),
    ("Intel(R) UHD Graphics 630", (6, 8, 12), 8),
    ("Intel(R) HD Graphics 520", (4,), 4),
    ("Intel(R) Arc(TM) Graphics", (14, 16, 22), 4),
    ("AMD Radeon(TM) Graphics", (8, 12, 16), 13),
    ("AMD Radeon(TM) Vega 8 Graphics", (8,), 4),
    ("NVIDIA GeForce GTX 1650", (8, 12), 5),
    ("NVIDIA GeForce RTX 3060", (12, 16), 5),
    ("NVIDIA GeForce RTX 4060", (12, 16, 20), 5),
    ("NVIDIA GeForce RTX 3070", (12, 16), 3),
    ("NVIDIA GeForce RTX 4070", (16, 20, 24), 3),
    ("AMD Radeon RX 6600", (12, 16), 2),
)
MACS = (
    ("Apple M1", 8, ("1440x900", "1280x800", "2560x1440"), 30),
    ("Apple M2", 8, ("1470x956", "1440x900", "1710x1112"), 24),
    ("Apple M1 Pro", 10, ("1512x982", "1728x1117"), 12),
    ("Apple M3", 8, ("1470x956", "1512x982", "1710x1112"), 14),
    ("Apple M3 Pro", 12, ("1512x982", "1728x1117"), 7),
    ("Apple M4", 10, ("1470x956", "1512x982", "1920x1080"), 7),
    ("Intel(R) Iris(TM) Plus Graphics 640", 4, ("1440x900", "1280x800"), 6),
)
BROWSER_SHARES = {
    "ios": (("safari", 88), ("chrome", 11), ("firefox", 1)),
    "android": (("chrome", 76), ("samsung", 15), ("firefox", 4), ("edge", 2)),
    "windows": (("chrome", 66), ("edge", 21), ("firefox", 10), ("opera", 3)),
    "mac": (("safari", 48), ("chrome", 45), ("firefox", 5), ("edge", 2)),
    "linux": (("firefox", 45), ("chrome", 55)),
    "chromeos": (("chrome", 1),),
}
CALENDAR = {"edge": "chrome", "opera": "chrome", "safari": "apple"}
AUDIO = {"chrome": "124.0434752", "firefox": "35.7383295", "safari": "124.0434489", "samsung": "124.0807279"}
