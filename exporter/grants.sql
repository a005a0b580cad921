-- Creates the account of the exporter, which can read what the exporter reads and nothing else.
--
--   mariadb --user=root --password < grants.sql
--
-- Before you run it, change here:
--   CHANGE-ME             the password (three or more words, or `openssl rand -hex 24`)
--   'postal_exporter'@'%' where the exporter connects from, such as 'postal_exporter'@'10.0.0.7'
--   `postal`.             the main database, when main_db.database says so
--   `postal-server-%`     the message databases, when message_db.database_name_prefix says so. In this one place
--                         "_" and "%" stand for any character: write a "_" of the prefix as "\_",
--                         for example `mail\_prod-server-%`
-- When the message databases are on another host, run the first and the last statement there.
--
-- What it cannot do: message databases come and go with mail servers, and MariaDB grants future databases only as a
-- whole. So the account could read messages.subject and the raw messages in them. The exporter does so only
-- where its configuration asks for it: complaints.routes, sources.enabled, content.
--
-- For MariaDB 10.6 and later. It can be run again. To change only the password:
--   ALTER USER 'postal_exporter'@'%' IDENTIFIED BY '...';

CREATE USER IF NOT EXISTS 'postal_exporter'@'%' IDENTIFIED BY 'CHANGE-ME' WITH MAX_USER_CONNECTIONS 10;

-- The main database, column by column: no keys of credentials, no passwords of users, no private keys of domains.
GRANT SELECT (id, uuid, organization_id, permalink, mode, send_limit, suspended_at, deleted_at, outbound_spam_threshold)
    ON `postal`.`servers` TO 'postal_exporter'@'%';
GRANT SELECT (id, permalink, suspended_at, deleted_at)
    ON `postal`.`organizations` TO 'postal_exporter'@'%';
GRANT SELECT (id, server_id, name, type, hold, last_used_at)
    ON `postal`.`credentials` TO 'postal_exporter'@'%';
GRANT SELECT (id, name, owner_type, owner_id, server_id, verified_at, spf_status, dkim_status, mx_status, return_path_status)
    ON `postal`.`domains` TO 'postal_exporter'@'%';
GRANT SELECT (server_id, locked_by, retry_after, created_at)
    ON `postal`.`queued_messages` TO 'postal_exporter'@'%';
GRANT SELECT (server_id)
    ON `postal`.`webhook_requests` TO 'postal_exporter'@'%';

-- Postal before 2.3 has no such column: leave this statement out there.
GRANT SELECT (privacy_mode)
    ON `postal`.`servers` TO 'postal_exporter'@'%';

-- The message databases, those of future mail servers included.
GRANT SELECT ON `postal-server-%`.* TO 'postal_exporter'@'%';
