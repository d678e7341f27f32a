"""Measures the goals of docs/speed.md, in ratios from one run."""

import os

# On PostgreSQL a key has to be set; this one signs nothing that lasts.
os.environ.setdefault("SECRET_KEY", "only-for-measuring-" + "m" * 50)

# What `startproject` writes: the middleware of every floor.
PLAIN = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
