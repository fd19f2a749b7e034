# The modem to the car, before anybody speaks with it.
@rig @requires:plc
Feature: The PLC modem on a real network interface

  @slow
  Scenario: The modem says who it is, and is missed when it is gone
    Given a charger with a PLC modem
    When 1 s pass
    Then within 3 s the PLC modem has said who it is
    When the PLC modem falls silent
    Then within 14 s the PLC modem is missed
    When the PLC modem is back
    Then within 14 s the PLC modem has said who it is

  @slow
  Scenario: Modems that share a key are linked as long as the cable joins them
    Given a charger with a PLC modem
    And the car "vw-id3"
    And the modems of charger and car share a key
    When 1 s pass
    Then within 14 s the PLC modem is linked to nobody
    When the driver plugs in
    Then within 14 s the PLC modem is linked to the car
    When the driver unplugs
    Then within 14 s the PLC modem is linked to nobody

  @slow
  Scenario: A pilot wire that breaks takes the link with it
    Given a charger with a PLC modem
    And the car "vw-id3"
    And the modems of charger and car share a key
    When the driver plugs in
    Then within 14 s the PLC modem is linked to the car
    When the pilot wire breaks
    Then within 14 s the PLC modem is linked to nobody

  Scenario: Who is dead knows of no link
    Given a charger with a PLC modem
    And the car "vw-id3"
    And the modems of charger and car share a key
    When the driver plugs in
    Then within 14 s the PLC modem is linked to the car
    When the charger's host dies
    And the driver unplugs
    And the charger's host starts again
    Then within 4 s the PLC modem is linked to nobody
