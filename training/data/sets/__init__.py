"""The data sets, each a module with its files and how they are loaded; see CONTRIBUTING for adding one."""
