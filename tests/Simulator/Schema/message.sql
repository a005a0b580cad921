-- Postal's message database, one for each mail server, schema version 20 (MariaDB spelling).

CREATE TABLE `clicks` (
  `id`         int(11) NOT NULL AUTO_INCREMENT,
  `message_id` int(11) DEFAULT NULL,
  `link_id`    int(11) DEFAULT NULL,
  `ip_address` varchar(255) DEFAULT NULL,
  `country`    varchar(255) DEFAULT NULL,
  `city`       varchar(255) DEFAULT NULL,
  `user_agent` varchar(255) DEFAULT NULL,
  `timestamp`  decimal(18,6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `on_link_id` (`link_id`),
  KEY `on_message_id` (`message_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `deliveries` (
  `id`            int(11) NOT NULL AUTO_INCREMENT,
  `message_id`    int(11) DEFAULT NULL,
  `status`        varchar(255) DEFAULT NULL,
  `code`          int(11) DEFAULT NULL,
  `output`        varchar(512) DEFAULT NULL,
  `details`       varchar(512) DEFAULT NULL,
  `sent_with_ssl` tinyint(1) DEFAULT 0,
  `log_id`        varchar(100) DEFAULT NULL,
  `timestamp`     decimal(18,6) DEFAULT NULL,
  `time`          decimal(8,2) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `on_message_id` (`message_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `links` (
  `id`         int(11) NOT NULL AUTO_INCREMENT,
  `message_id` int(11) DEFAULT NULL,
  `token`      varchar(255) DEFAULT NULL,
  `hash`       varchar(255) DEFAULT NULL,
  `url`        text DEFAULT NULL,
  `timestamp`  decimal(18,6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `on_message_id` (`message_id`),
  KEY `on_token` (`token`(8))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `live_stats` (
  `type`      varchar(20) NOT NULL,
  `minute`    int(11) NOT NULL,
  `count`     int(11) DEFAULT NULL,
  `timestamp` decimal(18,6) DEFAULT NULL,
  PRIMARY KEY (`minute`, `type`(8))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `loads` (
  `id`         int(11) NOT NULL AUTO_INCREMENT,
  `message_id` int(11) DEFAULT NULL,
  `ip_address` varchar(255) DEFAULT NULL,
  `country`    varchar(255) DEFAULT NULL,
  `city`       varchar(255) DEFAULT NULL,
  `user_agent` varchar(255) DEFAULT NULL,
  `timestamp`  decimal(18,6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `on_message_id` (`message_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `messages` (
  `id`                    int(11) NOT NULL AUTO_INCREMENT,
  `token`                 varchar(255) DEFAULT NULL,
  `scope`                 varchar(10) DEFAULT NULL,
  `rcpt_to`               varchar(255) DEFAULT NULL,
  `mail_from`             varchar(255) DEFAULT NULL,
  `subject`               varchar(255) DEFAULT NULL,
  `message_id`            varchar(255) DEFAULT NULL,
  `timestamp`             decimal(18,6) DEFAULT NULL,
  `route_id`              int(11) DEFAULT NULL,
  `domain_id`             int(11) DEFAULT NULL,
  `credential_id`         int(11) DEFAULT NULL,
  `status`                varchar(255) DEFAULT NULL,
  `held`                  tinyint(1) DEFAULT 0,
  `size`                  varchar(255) DEFAULT NULL,
  `last_delivery_attempt` decimal(18,6) DEFAULT NULL,
  `raw_table`             varchar(255) DEFAULT NULL,
  `raw_body_id`           int(11) DEFAULT NULL,
  `raw_headers_id`        int(11) DEFAULT NULL,
  `inspected`             tinyint(1) DEFAULT 0,
  `spam`                  tinyint(1) DEFAULT 0,
  `spam_score`            decimal(8,2) DEFAULT 0.00,
  `threat`                tinyint(1) DEFAULT 0,
  `threat_details`        varchar(255) DEFAULT NULL,
  `bounce`                tinyint(1) DEFAULT 0,
  `bounce_for_id`         int(11) DEFAULT 0,
  `tag`                   varchar(255) DEFAULT NULL,
  `loaded`                decimal(18,6) DEFAULT NULL,
  `clicked`               decimal(18,6) DEFAULT NULL,
  `received_with_ssl`     tinyint(1) DEFAULT NULL,
  `hold_expiry`           decimal(18,6) DEFAULT NULL,
  `tracked_links`         int(11) DEFAULT 0,
  `tracked_images`        int(11) DEFAULT 0,
  `parsed`                tinyint(4) DEFAULT 0,
  `endpoint_id`           int(11) DEFAULT NULL,
  `endpoint_type`         varchar(255) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `on_bounce_for_id` (`bounce_for_id`),
  KEY `on_held` (`held`),
  KEY `on_mail_from` (`mail_from`(12), `timestamp`),
  KEY `on_message_id` (`message_id`(8)),
  KEY `on_raw_table` (`raw_table`(14)),
  KEY `on_rcpt_to` (`rcpt_to`(12), `timestamp`),
  KEY `on_scope_and_spam` (`scope`(1), `spam`, `timestamp`),
  KEY `on_scope_and_status` (`scope`(1), `spam`, `status`(6), `timestamp`),
  KEY `on_scope_and_tag` (`scope`(1), `spam`, `tag`(8), `timestamp`),
  KEY `on_scope_and_threat` (`scope`(1), `threat`, `timestamp`),
  KEY `on_scope_and_thr_status` (`scope`(1), `threat`, `status`(6), `timestamp`),
  KEY `on_status` (`status`(8)),
  KEY `on_token` (`token`(6))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `migrations` (
  `version` int(11) NOT NULL,
  PRIMARY KEY (`version`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `raw_message_sizes` (
  `id`         int(11) NOT NULL AUTO_INCREMENT,
  `table_name` varchar(255) DEFAULT NULL,
  `size`       bigint(20) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `on_table_name` (`table_name`(14))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `spam_checks` (
  `id`          int(11) NOT NULL AUTO_INCREMENT,
  `message_id`  int(11) DEFAULT NULL,
  `score`       decimal(8,2) DEFAULT NULL,
  `code`        varchar(255) DEFAULT NULL,
  `description` varchar(255) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `on_code` (`code`(8)),
  KEY `on_message_id` (`message_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `stats_daily` (
  `id`       int(11) NOT NULL AUTO_INCREMENT,
  `time`     int(11) DEFAULT NULL,
  `incoming` bigint(20) DEFAULT NULL,
  `outgoing` bigint(20) DEFAULT NULL,
  `spam`     bigint(20) DEFAULT NULL,
  `bounces`  bigint(20) DEFAULT NULL,
  `held`     bigint(20) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `on_time` (`time`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `stats_hourly` (
  `id`       int(11) NOT NULL AUTO_INCREMENT,
  `time`     int(11) DEFAULT NULL,
  `incoming` bigint(20) DEFAULT NULL,
  `outgoing` bigint(20) DEFAULT NULL,
  `spam`     bigint(20) DEFAULT NULL,
  `bounces`  bigint(20) DEFAULT NULL,
  `held`     bigint(20) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `on_time` (`time`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `stats_monthly` (
  `id`       int(11) NOT NULL AUTO_INCREMENT,
  `time`     int(11) DEFAULT NULL,
  `incoming` bigint(20) DEFAULT NULL,
  `outgoing` bigint(20) DEFAULT NULL,
  `spam`     bigint(20) DEFAULT NULL,
  `bounces`  bigint(20) DEFAULT NULL,
  `held`     bigint(20) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `on_time` (`time`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `stats_yearly` (
  `id`       int(11) NOT NULL AUTO_INCREMENT,
  `time`     int(11) DEFAULT NULL,
  `incoming` bigint(20) DEFAULT NULL,
  `outgoing` bigint(20) DEFAULT NULL,
  `spam`     bigint(20) DEFAULT NULL,
  `bounces`  bigint(20) DEFAULT NULL,
  `held`     bigint(20) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `on_time` (`time`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `suppressions` (
  `id`         int(11) NOT NULL AUTO_INCREMENT,
  `type`       varchar(255) DEFAULT NULL,
  `address`    varchar(255) DEFAULT NULL,
  `reason`     varchar(255) DEFAULT NULL,
  `timestamp`  decimal(18,6) DEFAULT NULL,
  `keep_until` decimal(18,6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `on_address` (`address`(6)),
  KEY `on_keep_until` (`keep_until`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `webhook_requests` (
  `id`          int(11) NOT NULL AUTO_INCREMENT,
  `uuid`        varchar(255) DEFAULT NULL,
  `event`       varchar(255) DEFAULT NULL,
  `attempt`     int(11) DEFAULT NULL,
  `timestamp`   decimal(18,6) DEFAULT NULL,
  `status_code` int(1) DEFAULT NULL,
  `body`        text DEFAULT NULL,
  `payload`     text DEFAULT NULL,
  `will_retry`  tinyint(4) DEFAULT NULL,
  `url`         varchar(255) DEFAULT NULL,
  `webhook_id`  int(11) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `on_event` (`event`(8)),
  KEY `on_timestamp` (`timestamp`),
  KEY `on_uuid` (`uuid`(8)),
  KEY `on_webhook_id` (`webhook_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
