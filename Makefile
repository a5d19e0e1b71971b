PYTHON ?= python3
BIN = .venv/bin
NOTEBOOKS = $(wildcard notebooks/*.ipynb dashboards/*.ipynb reports/*.ipynb)

.PHONY: up test lint pins clean

up:
	@$(PYTHON) -I studiolab/install.py
	@$(BIN)/studiolab up

test:
	@$(PYTHON) -I studiolab/install.py --for-tests
	@$(MAKE) --no-print-directory lint
	@rm -rf reports/out/small && mkdir -p reports/out/small
	@for notebook in notebooks/*.ipynb; do \
	    $(BIN)/papermill --prepare-only --log-level ERROR $$notebook reports/out/small/$${notebook##*/} -p SIZE small; done
	$(BIN)/python -m pytest --nbval-lax -n 2 --dist loadfile reports/out/small
	$(BIN)/python -m pytest -n 2 --dist loadfile --cov

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(if $(NOTEBOOKS),$(BIN)/nbstripout --keep-id --verify $(NOTEBOOKS))

# Renews environment.yml below its `pip:` line from the direct pins of pyproject.toml.
pins:
	$(BIN)/uv pip compile --quiet --universal --extra dev --no-annotate --no-header pyproject.toml -o .pins
	sed -i.old -e "s/ ; (platform_machine == 'arm64' and sys_platform == 'darwin') or sys_platform == 'linux'$$//" \
	    -e "s/ ; (\(python_full_version < '[0-9.]*'\) and platform_machine == .*/ ; \1/" .pins && rm .pins.old
	{ sed '/- pip:$$/q' environment.yml; sed 's/^/      - /' .pins; echo '      - -e .'; } > .pins.yml
	mv .pins.yml environment.yml && rm .pins

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .coverage
