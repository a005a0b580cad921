-- One day of raw messages. The name carries the UTC day of arrival; the collation is the database server's default.
CREATE TABLE IF NOT EXISTS `raw-YYYY-MM-DD` (
  `id`   int(11) NOT NULL AUTO_INCREMENT,
  `data` longblob DEFAULT NULL,
  `next` int(11) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
