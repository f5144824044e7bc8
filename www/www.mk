# www - the web panel, installed as it is, one file a line; tests/lint/listed.sh says what is forgotten here.
panelfilesdir = $(datadir)/claude-proxy
nobase_dist_panelfiles_DATA = \
	www/parts/client_draft.js \
	www/parts/client_editor.js \
	www/parts/prices.js \
	www/text/clients.js \
	www/views/clients.js \
	www/css/base.css \
	www/css/settings.css \
	www/css/manage.css \
	www/css/requests.css \
	www/css/charts.css \
	www/css/editor.css \
	www/css/channels.css \
	www/css/parts.css \
	www/css/shell.css \
	www/css/use.css \
	www/icon.svg \
	www/index.html \
	www/lib/paste.js \
	www/parts/keys.js \
	www/parts/keys_add.js \
	www/parts/staged_test.js \
	www/text/keys.js \
	www/lib/api.js \
	www/lib/dialog.js \
	www/lib/form.js \
	www/lib/format.js \
	www/lib/h.js \
	www/lib/i18n.js \
	www/lib/icon.js \
	www/lib/live.js \
	www/lib/router.js \
	www/lib/routes.js \
	www/lib/shell.js \
	www/lib/signal.js \
	www/lib/theme.js \
	www/lib/toast.js \
	www/lib/series.js \
	www/parts/chart.js \
	www/parts/chart_draw.js \
	www/text/chart.js \
	www/main.js \
	www/package.json \
	www/parts/ui.js \
	www/text/about.js \
	www/text/common.js \
	www/text/format.js \
	www/text/login.js \
	www/text/overview.js \
	www/text/setup.js \
	www/text/shell.js \
	www/views/about.js \
	www/views/login.js \
	www/views/overview.js \
	www/views/setup.js
EXTRA_DIST += www/README.md
