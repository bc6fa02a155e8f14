"""What people do on the site: one folder for each platform that tells."""
