core_sources += core/admin/admin.c core/admin/admin.h core/admin/page.c core/admin/page.h
dist_www_DATA = www/index.html
