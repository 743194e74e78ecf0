import os

from django.core.wsgi import get_wsgi_application

from chitec.bodies import with_whole_bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chitec.settings")
application = with_whole_bodies(get_wsgi_application())
