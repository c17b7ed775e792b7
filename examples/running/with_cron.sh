#!/bin/sh
# Cron: a pass each minute, for as long as there is work and at most 50 seconds. The crontab's line:
#   * * * * *  /srv/shop/with_cron.sh >>/var/log/shop.log
# No lock is needed: a pass that is still under way and the next one share the work, person by person.
cd "$(dirname "$0")" && exec "${PYTHON:-python3}" -m unichannel run-due shop.py:make_engine --seconds 50
