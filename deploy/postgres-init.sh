#!/bin/sh
# Runs once, when the database server is new: the login of Dunwell is no superuser.
set -eu
psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --set password="$DUNWELL_PASSWORD" <<'SQL'
CREATE ROLE dunwell LOGIN CREATEROLE PASSWORD :'password';
ALTER ROLE dunwell SET createrole_self_grant = 'set';
CREATE DATABASE dunwell OWNER dunwell;
SQL
