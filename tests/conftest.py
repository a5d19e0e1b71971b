"""What tests of several parts share: a real Chromium."""

import os

import pytest
from playwright.sync_api import sync_playwright

from studiolab import install


@pytest.fixture(scope="session")
def chromium():
    """A headless Playwright browser on this machine's Chromium; `chromium.new_page()` opens a tab."""
    executable = install.browser()
    if executable is None:
        pytest.fail("no Chromium or Chrome on this machine: `make test` installs it or says how")
    rootless = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=rootless)
        yield browser
        browser.close()
