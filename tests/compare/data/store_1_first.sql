PRAGMA application_id = 1885434473;
PRAGMA user_version = 1;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    environment TEXT NOT NULL
);
INSERT INTO sessions VALUES(1,'2026-11-25T22:25:41+00:00','{"python": "3.11.7", "parity-compare": "0.1.0", "numpy": "2.4.6", "scipy": "1.17.1", "torch": "2.13.0+cpu", "numba": "0.68.1", "scikit-learn": "1.9.1", "galois": "0.4.11", "system": "Linux 6.18.44-fc-v782 x86_64", "processor": "AMD EPYC", "cores": "2"}');
CREATE TABLE trials (
    key TEXT PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES sessions (id),
    spec TEXT NOT NULL,
    access TEXT NOT NULL,
    side_information TEXT NOT NULL,
    timing TEXT NOT NULL,
    status TEXT NOT NULL,
    solved INTEGER NOT NULL,
    criterion TEXT NOT NULL,
    accuracy REAL,
    support TEXT,
    secret TEXT NOT NULL,
    seconds REAL NOT NULL,
    samples INTEGER NOT NULL,
    queries INTEGER NOT NULL,
    steps INTEGER NOT NULL,
    operations REAL NOT NULL,
    peak_memory INTEGER NOT NULL,
    operations_unit TEXT NOT NULL,
    message TEXT NOT NULL,
    trace BLOB NOT NULL
);
INSERT INTO trials VALUES('6596b2bf144a29165ddd7de5e16b333bda1771993ab8ea0867f76a0ec7f23bb1',1,'{"device": "cpu", "k": 2, "learner": "gf2", "max_samples": null, "max_steps": null, "n": 12, "noise": 0.0, "samples": null, "seconds": 60.0, "seed": 0, "threads": 1, "told": ["k", "noise"], "trial": 0}','sample','k','single','found',1,'support',1.0,'[7, 8]','[7, 8]',0.00064984900018316693603,44,0,12,264.0,704,'word XOR','44 equations of full rank 12: the solution is unique. The learner returned an answer.',X'');
INSERT INTO trials VALUES('57f26eba2d4709d59be164682cd75d95566962654de8e3568a5c313ed7251c4a',1,'{"device": "cpu", "k": 2, "learner": "gf2", "max_samples": null, "max_steps": null, "n": 12, "noise": 0.0, "samples": null, "seconds": 60.0, "seed": 0, "threads": 1, "told": ["k", "noise"], "trial": 1}','sample','k','single','found',1,'support',1.0,'[3, 4]','[3, 4]',0.00080517999958829022943,44,0,12,264.0,704,'word XOR','44 equations of full rank 12: the solution is unique. The learner returned an answer.',X'');
INSERT INTO trials VALUES('c90d9bc3b4a309831d84d14e9cd670d09c99e2e2905221a93f57ef195c19c366',1,'{"device": "cpu", "k": 2, "learner": "gf2", "max_samples": null, "max_steps": null, "n": 12, "noise": 0.1, "samples": null, "seconds": 60.0, "seed": 0, "threads": 1, "told": ["k", "noise"], "trial": 0}','sample','k','single','inconsistent',0,'none',NULL,NULL,'[7, 8]',0.0090807570013566873967,44,0,12,264.0,704,'word XOR','The 44 equations in 12 unknowns have rank 12 and no solution. No parity fits every example; if labels may be flipped, take a noise-tolerant learner such as ''exhaustive''.',X'');
INSERT INTO trials VALUES('b152b47d733ac9550a4358928dbff6d4a580806f1d173265f8a2126c97572302',1,'{"device": "cpu", "k": 2, "learner": "gf2", "max_samples": null, "max_steps": null, "n": 12, "noise": 0.1, "samples": null, "seconds": 60.0, "seed": 0, "threads": 1, "told": ["k", "noise"], "trial": 1}','sample','k','single','inconsistent',0,'none',NULL,NULL,'[3, 4]',0.00066592900111572816967,44,0,12,264.0,704,'word XOR','The 44 equations in 12 unknowns have rank 12 and no solution. No parity fits every example; if labels may be flipped, take a noise-tolerant learner such as ''exhaustive''.',X'');
COMMIT;
