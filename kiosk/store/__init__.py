"""What is on the disk: tables, migrations, the journal. Knows nothing of devices and pages."""
