"""Commands of the shell beside questions: accounts, backups, dated lists, histories."""
