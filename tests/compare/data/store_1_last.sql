PRAGMA application_id = 1885434473;
PRAGMA user_version = 1;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    environment TEXT NOT NULL
);
INSERT INTO sessions VALUES(1,'2026-11-25T22:25:55+00:00','{"python": "3.11.7", "parity-compare": "0.1.0", "numpy": "2.4.6", "scipy": "1.17.1", "torch": "2.13.0+cpu", "numba": "0.68.1", "scikit-learn": "1.9.1", "galois": "0.4.11", "system": "Linux 6.18.44-fc-v782 x86_64", "processor": "AMD EPYC", "cores": "2"}');
INSERT INTO sessions VALUES(2,'2026-11-25T22:25:57+00:00','{"python": "3.11.7", "parity-compare": "0.1.0", "numpy": "2.4.6", "scipy": "1.17.1", "torch": "2.13.0+cpu", "numba": "0.68.1", "scikit-learn": "1.9.1", "galois": "0.4.11", "system": "Linux 6.18.44-fc-v782 x86_64", "processor": "AMD EPYC", "cores": "2"}');
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
INSERT INTO trials VALUES('069c982c86002774f3d6520887951ee309c7016eea2c0253378c0868af2dd0a9',1,'{"batched": false, "device": "cpu", "k": 2, "learner": "gf2", "max_samples": null, "max_steps": null, "n": 12, "noise": 0.0, "parameters": {"coset_limit": 4294967296, "surplus": 32}, "samples": null, "seconds": 60.0, "seed": 0, "threads": 1, "told": ["k", "noise"], "trial": 0}','sample','k','single','found',1,'support',1.0,'[7, 8]','[7, 8]',0.00019714900008693803101,44,0,12,528.0,704,'word XOR','44 equations of full rank 12: the solution is unique.',X'');
INSERT INTO trials VALUES('da98441bd7106a4a954880a02c8065f3ec7e36228accfc25aa621f97a1199c45',1,'{"batched": false, "device": "cpu", "k": 2, "learner": "gf2", "max_samples": null, "max_steps": null, "n": 12, "noise": 0.0, "parameters": {"coset_limit": 4294967296, "surplus": 32}, "samples": null, "seconds": 60.0, "seed": 0, "threads": 1, "told": ["k", "noise"], "trial": 1}','sample','k','single','found',1,'support',1.0,'[3, 4]','[3, 4]',0.00023785700068401638418,44,0,12,528.0,704,'word XOR','44 equations of full rank 12: the solution is unique.',X'');
INSERT INTO trials VALUES('355a8c6c80afbf9e0211cf79d1f892519d35e0083238787aa7211d544c17ced8',1,'{"batched": false, "device": "cpu", "k": 2, "learner": "gf2", "max_samples": null, "max_steps": null, "n": 12, "noise": 0.1, "parameters": {"coset_limit": 4294967296, "surplus": 32}, "samples": null, "seconds": 60.0, "seed": 0, "threads": 1, "told": ["k", "noise"], "trial": 0}','sample','k','single','inconsistent',0,'none',NULL,NULL,'[7, 8]',0.00018133999947167467325,44,0,12,528.0,704,'word XOR','The 44 equations in 12 unknowns have rank 12 and no solution. No parity fits every example; if labels may be flipped, take a noise-tolerant learner such as ''exhaustive''.',X'');
INSERT INTO trials VALUES('7387a6958a8ba522bce55cc4f29487c5a5b5718b596bbf9f413068b5c13cd9ba',1,'{"batched": false, "device": "cpu", "k": 2, "learner": "gf2", "max_samples": null, "max_steps": null, "n": 12, "noise": 0.1, "parameters": {"coset_limit": 4294967296, "surplus": 32}, "samples": null, "seconds": 60.0, "seed": 0, "threads": 1, "told": ["k", "noise"], "trial": 1}','sample','k','single','inconsistent',0,'none',NULL,NULL,'[3, 4]',0.00019593700017139781266,44,0,12,528.0,704,'word XOR','The 44 equations in 12 unknowns have rank 12 and no solution. No parity fits every example; if labels may be flipped, take a noise-tolerant learner such as ''exhaustive''.',X'');
INSERT INTO trials VALUES('c2729c4ea84b2d45674c9ef79c60a2c10d31ceef8f67d6ff377e4c09332f9d56',2,'{"batched": false, "device": "cpu", "k": 2, "learner": "sgd", "max_samples": null, "max_steps": 40, "n": 8, "noise": 0.0, "parameters": {"batch": 128, "check_every": 1, "dead_zone": 0.0, "decay": 0.0, "degree": null, "depth": 3, "horizon": 10000, "init": "default", "init_scale": null, "later_lr": null, "loss": "hinge", "lr": 1.0, "mean_field": false, "momentum": 0.9, "network": "relu", "optimiser": "sgd", "replacement": false, "schedule": "constant", "second_layer": true, "sparsity": 2, "weight_decay": 0.0, "width": 100}, "samples": null, "seconds": 60.0, "seed": 0, "threads": 1, "told": ["k", "noise"], "trial": 0}','examples','','single','found',1,'support',1.0,'[3, 6]','[3, 6]',0.01585408491290718827,1408,0,11,6076422.0,634964,'FLOP','After 11 updates the network equalled the parity over 2 coordinates on 8192 fresh inputs.',X'504b03042d0000000800000021008ebed097ffffffffffffffff08001400737465702e6e707901001000e00000000000000065000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a86463a9a3a0ab50ae4032e0614f0c11eca7080501c505a004a8b406909282d03a515a0b412945681d26a0e00504b03042d000000080000002100599b346fffffffffffffffff0b0014007365636f6e64732e6e707901001000e000000000000000aa000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a86463a9a3a0ab50ae4032e060686696d17c2ed33577b78f29e4ab43ff7664da9efa4347bb94fe291271f66db4bdcd9d592bcb0c07e7ff3e98275ccc5f6973fe5aa2b2dedb2d7eccabe76f057b77def258969535c7aeddfbebfbbf453769ffde94d93b727cdedb777fc7a7501afcd047b00504b03042d000000080000002100290da0f3ffffffffffffffff080014006c6f73732e6e707901001000e00000000000000087000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a86463a9a3a0ab50ae4032e060686849ddd6fec81b4c352832f20fa81c9940f20fac0bd999fc1e26dd17f40f482b237efc0e2e76d3e82e884c73b1f81e5a3a7bc07cb9f94bb0696675e79104e0300504b03042d0000000800000021000f73fb77ffffffffffffffff090014006572726f722e6e707901001000e0000000000000006a000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a86463a9a3a0ab50ae4032e061068b86f0fa60d1e40e80550be001adfe20e2a7fc145087de11e84663807a50ba034030300504b03042d00000008000000210054d6ab8effffffffffffffff1500140070726f67726573735f72656c6576616e742e6e707901001000e00000000000000085000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a86463a9a3a0ab50ae4032e0624c09133df1e4835bc7fb008443bcc3aba0244336c7eb4034c4f8bdb0996e7513e09a20fe43e3a05a21facf87105cc2fba77154c079ebc01a2153af7ddb40700504b03042d0000000800000021009bc2f654ffffffffffffffff1700140070726f67726573735f697272656c6576616e742e6e707901001000e00000000000000083000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a86463a9a3a0ab50ae4032e062410f36dba3d88beb46621886eb0ffbe0c443bd4dedc0ca6d394b680c55927ef06d109dfa61d04d10af2cf8f80f5c57fbe08a217242d00d309193d57ec01504b01022d032d0000000800000021008ebed09765000000e0000000080000000000000000000000800100000000737465702e6e7079504b01022d032d000000080000002100599b346faa000000e00000000b000000000000000000000080019f0000007365636f6e64732e6e7079504b01022d032d000000080000002100290da0f387000000e00000000800000000000000000000008001860100006c6f73732e6e7079504b01022d032d0000000800000021000f73fb776a000000e00000000900000000000000000000008001470200006572726f722e6e7079504b01022d032d00000008000000210054d6ab8e85000000e00000001500000000000000000000008001ec02000070726f67726573735f72656c6576616e742e6e7079504b01022d032d0000000800000021009bc2f65483000000e00000001700000000000000000000008001b803000070726f67726573735f697272656c6576616e742e6e7079504b0506000000000600060064010000840400000000');
COMMIT;
