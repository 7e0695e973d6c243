"""The tables of the evidence pack, each with its columns documented: of each person name, organisation and country."""
